"""Times XGBoost's C++ on one thread: predictions or contributions of rows, µs a row."""
import sys, time
import numpy, xgboost

model, rows_file, width, what = sys.argv[1:]
booster = xgboost.Booster({"nthread": 1}, model_file=model)
rows = numpy.fromfile(rows_file, dtype=numpy.float32).reshape(-1, int(width))
options = {"pred_contribs": True} if what == "contribs" else {"output_margin": True}
best = []
for _ in range(5):
    matrix = xgboost.DMatrix(rows, nthread=1)
    start = time.perf_counter()
    booster.predict(matrix, **options)
    best.append((time.perf_counter() - start) / len(rows) * 1e6)
print(sorted(best)[2])
