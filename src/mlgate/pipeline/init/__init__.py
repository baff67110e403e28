"""`mlgate init`: look at a repository and write its first configuration and workflow.

`tree` the files as they are read · `readers` one module for each kind of file, which gives `clues` ·
`commands` the scripts that commands run · `gather` one answer to each question · `training_once` runs the
training · `results` which of the files are its results · `profile` what a table holds · `evaluations`
what an evaluation tool wrote · `guess` the roles of its columns · `row_kinds` rankings, forecasts,
labels in long form and scores · `label_lists` what turns lists into rows · `computed_metrics` what
the project computes itself · `prediction_lines` what a training lacks to write predictions ·
`templates` facts to text · `first_gate` on which metric, and with which margin · `workflow` the
workflow file · `writing` what is written over what · `scaffold` the command.
"""
