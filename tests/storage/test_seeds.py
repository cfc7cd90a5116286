"""Seeds derived from one."""

from thermalcg.storage.seeds import derive_seed


def test_seeds_are_the_same_on_every_machine():
    assert derive_seed(1) == 1379691747
    assert derive_seed(7, "all_atom", 300.0, 2) == 2030540345


def test_seeds_differ_with_the_seed_and_every_label():
    seeds = [derive_seed(s, "work", a, b) for s in range(5) for a in range(20) for b in range(20)]
    assert len(set(seeds)) == len(seeds)
    assert min(seeds) >= 1
    assert max(seeds) < 2**31
    assert derive_seed(1, "ab", "c") != derive_seed(1, "a", "bc")
