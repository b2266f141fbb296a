"""Copies the predictions and corrections of an SQLite store into a Postgres store with an empty schema, to measure both on the same texts:

    python3 scripts/copy_store.py FOLDER/feedback.sqlite postgres://USER:PASSWORD@HOST:PORT/DATABASE

The server has to have created the schema. Needs `psql` in PATH. Texts with U+0000 are not copied right: the benchmark has none.
"""

import csv
import io
import sqlite3
import subprocess
import sys

source, target = sys.argv[1:]
ROWS = 20_000
BOOLEANS = {"abstained", "truncated", "undated", "settles"}


def psql(*arguments, text=None):
    command = ["psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", *arguments, target]
    return subprocess.run(command, input=text, text=True, check=True, capture_output=True).stdout


def columns(table):
    query = f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}' ORDER BY ordinal_position"
    return psql("--tuples-only", "--no-align", f"--command={query}").split()


database = sqlite3.connect(source)
for table in ("predictions", "corrections"):
    names = columns(table)
    cursor = database.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY id")
    places = [place for place, name in enumerate(names) if name in BOOLEANS]
    copied = 0
    while rows := cursor.fetchmany(ROWS):
        lines = io.StringIO()
        writer = csv.writer(lines)
        for row in rows:
            row = list(row)
            for place in places:
                row[place] = None if row[place] is None else bool(row[place])
            writer.writerow(["\\N" if value is None else value for value in row])
        copy = f"COPY {table} ({', '.join(names)}) FROM STDIN WITH (FORMAT csv, NULL '\\N')"
        psql(f"--command={copy}", text=lines.getvalue())
        copied += len(rows)
    # New rows get ids above these.
    psql(f"--command=SELECT setval(pg_get_serial_sequence('{table}', 'id'), greatest(1, (SELECT max(id) FROM {table})))")
    print(f"{table}: {copied} rows")
psql("--command=ANALYZE")
