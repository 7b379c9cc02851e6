"""From a text to a verdict: normaliser, encoder, classifier, matchers, training and evaluation."""
