"""What a job that trains hands to a job that judges: files, and results of the author's code.

::

    job that trains (contents: read, no secrets)         job that judges (secrets, write permissions)
      `mlgate train --handover FILE`                       `mlgate run --handover FILE`
      train, baseline.run, custom metrics, suites          runs nothing of the author's
            │                                                    ▲
            └──► FILE, a zip archive ──► artifact ──► archive, received ──► checks ──► gates
                   record.json     the training, and every file with its size, digest, freshness
                   author.json     what custom metrics and suites returned, for which rows
                   files/…         what mlgate.yaml names, under every policy that judges
                   baselines/…     predictions that `baseline.run` wrote
                   train.log

`packing` writes it and `receiving` reads it. The second job measures everything itself. Of the
author's code it takes numbers for rows (`RowsResults`) and never an interval, a comparison or
evidence, so that a lie can be about a custom metric or a suite, and about nothing else. Files are
unpacked into a folder of the run directory, never over the checkout. A file whose content is that
of the commit is not handed over but read from the checkout; so is whatever results are measured
against (references, schemas), whatever the training did to it.

What is received may be hostile. Reading it ends with a `Received` or with a `DataError`.
"""
