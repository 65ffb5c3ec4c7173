"""The paper's verifiable rewards (equations 3 to 5), one file each: each registers itself.

The paper leaves open what `len` counts in equation 5; here it is the whole response, in characters unless tokens are
asked for. An unparsable answer is a wrong one: it is not equal to the ground truth, the second case of equations 4, 5.
"""
