"""The plan: what a scene is to hold, said in words, and the design that places it."""
