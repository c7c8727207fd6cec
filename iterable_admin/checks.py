"""System checks: each setting that can be wrong is named here, with the mend."""
