"""Times scikit-learn's classification report on the rows of feedback-metrics' example `classification_speed`; prints the seconds, then
the report.

    python scripts/bench_report.py ROWS
"""

import sys
import time

import numpy
from sklearn.metrics import classification_report

row = numpy.arange(int(sys.argv[1]))
labels = row * 7919 % 8
predictions = (labels + numpy.where(row % 5 == 0, row, 0)) % 8

start = time.perf_counter()
report = classification_report(labels, predictions, labels=range(8))
print(time.perf_counter() - start)
print(report, end="")
