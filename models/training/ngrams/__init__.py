"""A linear model over hashed n-grams of characters, served like any other text model: a tokenizer and an ONNX graph.

After fastText (Joulin et al. 2016) and the tf-idf classifiers it was measured against: the tokenizer gives characters,
the graph hashes their n-grams, looks their weights up in an int8 table and adds them. All sums are of integers, so a
text scores the same in any batch.
"""
