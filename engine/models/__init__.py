"""Model packs: where they lie, whether they are whole, and loading each model once."""
