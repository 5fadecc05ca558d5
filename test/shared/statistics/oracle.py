"""What scipy says of the inputs that come in as JSON, for oracle.test.ts to be held against."""

import json
import sys

from scipy import special, stats
from scipy.spatial.distance import chebyshev, jensenshannon

given = json.load(sys.stdin)
answer = {
    "normalCdf": [stats.norm.cdf(z) for z in given["z"]],
    "twoSided": [2 * stats.norm.sf(abs(z)) for z in given["z"]],
    "normalQuantile": [stats.norm.ppf(p) for p in given["p"]],
    "chiSquareTail": [stats.chi2.sf(x, df) for x, df in given["chiSquare"]],
    "chiSquareQuantile": [stats.chi2.isf(p, df) for p in given["p"] for df in given["df"]],
    "kolmogorovTail": [special.kolmogorov(x) for x in given["kolmogorov"]],
    "psi": [float(sum(special.kl_div(a, e) + special.kl_div(e, a))) for a, e in given["shares"]],
    "jensenShannon": [jensenshannon(a, e, base=2) ** 2 for a, e in given["shares"]],
    "lInfinity": [chebyshev(a, e) for a, e in given["shares"]],
    "ks": [
        [r.statistic, r.pvalue]
        for r in (stats.ks_2samp(a, b, method="exact") for a, b in given["samples"])
    ],
}
json.dump(answer, sys.stdout)
