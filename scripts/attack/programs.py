"""Attacks on the programs: untrusted model folders, and files that belong to other users."""

import json
import os
import resource
import shutil
import stat
import subprocess
import time

from client import check

# A hostile model folder must be refused within this time and memory.
SECONDS, MIB = 30, 600


def predict(kit, model, *more, text="so slow"):
    """Runs `predict`; returns exit code, output, messages, seconds and peak memory in MiB."""
    began = time.monotonic()
    process = subprocess.Popen([kit.programs / "predict", "--model", model, *more, text], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (60, 60)))
    out, said = process.communicate()
    # `getrusage` returns the maximum over all ended child processes, which is an upper bound for this process.
    return process.returncode, out, said, time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10


def hostile(kit, name, change):
    """Damages a copy of the tiny model with `change`, and checks that `predict` refuses it; returns the seconds."""
    folder = kit.path(f"hostile-{name}")
    shutil.copytree(kit.tiny, folder)
    change(folder)
    code, out, said, seconds, mib = predict(kit, folder)
    shutil.rmtree(folder)
    check(code not in {0, 101} and code > 0, f"{name}: exit code {code}, {out[:100]} {said[-200:]}")
    check(seconds < SECONDS, f"{name}: refused after {seconds:.0f} s")
    check(mib < MIB, f"{name}: {mib} MiB")
    check("nan" not in out.lower(), f"{name}: {out[:100]}")
    return seconds


def edit(file, change):
    def apply(folder):
        path = folder / file
        value = json.loads(path.read_text())
        change(value)
        path.write_text(json.dumps(value))

    return apply


def _header(folder, n):
    path = folder / "model.safetensors"
    data = path.read_bytes()
    path.write_bytes(n.to_bytes(8, "little") + data[8:])


def _nested(folder):
    # The nesting is too deep for `json.dumps`, so the text is replaced.
    path = folder / "tokenizer.json"
    value = json.loads(path.read_text())
    value["normalizer"] = "HERE"
    piece = '{"type":"Sequence","normalizers":['
    path.write_text(json.dumps(value).replace('"HERE"', piece * 100_000 + "]}" * 100_000))


def _replaces(value):
    value["normalizer"] = {"type": "Sequence", "normalizers": [
        {"type": "Replace", "pattern": {"String": "o"}, "content": "oooooooooo"} for _ in range(12)]}


def _tokens(value):
    value["added_tokens"] = [
        {"id": i, "content": f"<{i}>", "single_word": False, "lstrip": False, "rstrip": False, "normalized": True, "special": False}
        for i in range(200_000)]


def folders(kit):
    """Model folders with values that would give NaN, or that would take too much memory or time."""
    cases = {
        "layer_norm_eps": edit("config.json", lambda c: c.update(layer_norm_eps=-1)),
        "temperature": lambda folder: (folder / "feedback.json").write_text('{"temperature": 1e-320}'),
        "layers": edit("config.json", lambda c: c.update(num_hidden_layers=330_000, hidden_size=1, num_attention_heads=1, intermediate_size=1)),
        "hidden": edit("config.json", lambda c: c.update(hidden_size=1 << 40)),
        "positions": edit("config.json", lambda c: c.update(max_position_embeddings=1 << 40)),
        "vocabulary": edit("config.json", lambda c: c.update(vocab_size=1 << 40)),
        "heads": edit("config.json", lambda c: c.update(num_attention_heads=0)),
        "labels": edit("config.json", lambda c: c.update(id2label={str(i): str(i) for i in range(200_000)})),
        "replace": edit("tokenizer.json", _replaces),
        "nested": _nested,
        "added tokens": edit("tokenizer.json", _tokens),
        "header of 2^60": lambda folder: _header(folder, 1 << 60),
        "header of 0": lambda folder: _header(folder, 0),
        "empty weights": lambda folder: (folder / "model.safetensors").write_bytes(b""),
    }
    slowest = max((hostile(kit, name, change), name) for name, change in cases.items())
    return f"{len(cases)} folders refused, the slowest ({slowest[1]}) after {slowest[0]:.1f} s"


def modes(kit):
    """Results keep the mode of the file that they replace; symbolic links that belong to other users are not followed."""
    output = kit.path("results.jsonl")
    output.write_text("old\n")
    output.chmod(0o600)
    rows = kit.path("rows.jsonl")
    rows.write_text('{"text": "so slow"}\n')
    call = [kit.programs / "predict", "--model", kit.tiny, "--input", rows, "--output"]
    subprocess.run([*call, output], check=True, capture_output=True)
    mode = stat.S_IMODE(output.stat().st_mode)
    check(mode == 0o600 and output.read_text() != "old\n", f"mode {mode:o}")
    if os.geteuid() != 0:
        return "mode 600 is kept (not tried without root: symbolic links that belong to other users)"
    shared = kit.path("shared")
    shared.mkdir()
    shared.chmod(0o1777)
    victim, link = kit.path("victim"), shared / "out.jsonl"
    victim.write_text("mine\n")
    link.symlink_to(victim)
    os.lchown(link, 65534, 65534)
    subprocess.run([*call, link], capture_output=True)
    check(victim.read_text() == "mine\n", "the link of another user was followed")
    return "mode 600 is kept; the link of another user is not followed"


ATTACKS = [folders, modes]
