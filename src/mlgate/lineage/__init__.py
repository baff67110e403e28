"""Where a model came from: assembled from a run's files, compared, and exported.

run.json, evidence/, verdict.json ──► record ──► Lineage ──┬─► differ ──► LineageDiff
                                                           └─► exports/<kind>, one file each
"""
