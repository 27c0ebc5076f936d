"""Thresholds from evidence: `precision(text.hate) >= 0.98`, resolved against posts that people have judged.

Nothing here imports Polars, NumPy or SciPy until a file of evidence is read: a policy without evidence, and a published
one, which has its thresholds in it, need none of them.
"""
