"""Principal components by NumPy's singular value decomposition: write.py > golden.txt. Written with numpy 1.24.2.

Two matrices of number(): 40 x 7 (more rows than columns) and 9 x 31 (fewer). A line of shares, then the points."""
import numpy as np


def number(tensor, count):
    """The same in C: ((i * 7919 + tensor * 104729 + 12345) % 10007) / 10007 - 0.5, as float."""
    i = np.arange(count, dtype=np.int64)
    return (((i * 7919 + tensor * 104729 + 12345) % 10007) / 10007 - 0.5).astype(np.float32)


for which, (rows, columns) in enumerate(((40, 7), (9, 31))):
    x = number(which, rows * columns).reshape(rows, columns).astype(np.float64)
    x *= 1 + np.arange(columns)  # so that the components differ in size
    x = x.astype(np.float32).astype(np.float64)
    u, s, vt = np.linalg.svd(x - x.mean(0), full_matrices=False)
    points = u * s
    points *= np.sign(points[np.abs(points).argmax(0), np.arange(len(s))])
    print(rows, columns, *("%.12g" % v for v in (s ** 2 / (s ** 2).sum())[:3]))
    for row in points[:, :3]:
        print(*("%.9g" % v for v in row))
