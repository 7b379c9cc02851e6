"""The library: model, store, FAISS index, ranking, lint, import and export."""
