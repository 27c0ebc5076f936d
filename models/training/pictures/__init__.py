"""From labelled pictures to a picture model folder: a recipe, cross-validation, a fit on everything, and its card."""
