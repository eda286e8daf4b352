// The one unit of the target that carries the precompiled header.
