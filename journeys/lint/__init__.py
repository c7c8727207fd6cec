"""The lint: what in Iterable, or on the way to it, would mail people who should not be mailed, or is about to go wrong.

`registry` has the rules, `ground` what they look at, `running` a run; `settling` turns what was found into findings that open,
worsen and end, `excepting` excuses them for a while, and `notifying` tells each change once.
"""
