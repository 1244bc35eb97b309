"""A desk to prove the cabinet process on: a virtual actuated controller with SUMO as its street."""
