"""How far the printed intervals can be trusted, in words: said wherever they are printed.

Simulated with error rates that differ from subject to subject (beta-distributed about 10 %, intraclass correlations of
.09 to .25) and 12 or 25 presentations of each of 40 to 60 subjects: the bootstrap's intervals hold the true rate 92 to
95 times in 100, those of Clopper and Pearson 50 to 75 times.
"""

BOOTSTRAP = "bootstrap over clusters (subjects), which holds the true value some 93 times in 100"
"""Of BPCER, pooled FAR, HTER, EER and AUC."""
EXACT = (
    "Clopper and Pearson's, exact for independent presentations only: with many presentations of each subject they "
    "hold the true rate as seldom as 50 times in 100"
)
"""Of single attack species, and of any rate of 0 or 100 %, which resampling cannot move."""
BREAKDOWN = f"attack species and rates of 0 or 100 %: {EXACT}; any other BPCER: {BOOTSTRAP}"
"""Of a table of species, bona fide among them."""
