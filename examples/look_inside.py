# %% [markdown]
# # A network, a comparison, and a picture of both
#
# Cells for a notebook (VS Code and Jupytext know them by `# %%`); it runs as a script, too:
#
#     python examples/look_inside.py [FOLDER] [SECONDS]

# %%
import sys
from pathlib import Path

import matplotlib.pyplot as plt
from own_scenario import make

import bench
import network

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "look-inside").absolute()
end_s = int((sys.argv[2:] or ["900"])[0])
net, flows = make(folder, end_s)
plt.switch_backend("agg")  # leave this out in a notebook

# %% [markdown]
# ## What is read of a network

# %%
town = network.read(net)
for signal in town.signals.values():
    print(f"{signal.id}: {len(signal.lanes)} lanes, phases {', '.join(phase.state for phase in signal.phases)}")
print(f"{len(town.layout.loops)} loops, {town.graph.number_of_edges()} roads")

# %% [markdown]
# ## Three controllers, two seeds

# %%
found = bench.compare(net, ["fixed", "actuated", "adaptive"], seeds=[1, 2],
                      options=bench.Options(routes=[flows], end=end_s), output=folder / "results")
delays_s = found.figures("delay_s")

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for start, end, _ in town.graph.edges:
    ends = [town.graph.nodes[start], town.graph.nodes[end]]
    left.plot([one["x_m"] for one in ends], [one["y_m"] for one in ends], color="grey", linewidth=1)
for signal_id in town.signals:
    left.plot(town.graph.nodes[signal_id]["x_m"], town.graph.nodes[signal_id]["y_m"], "o", color="tab:green")
left.set(title="signals", aspect="equal", xlabel="m", ylabel="m")
right.bar(list(delays_s), [sum(each) / len(each) for each in delays_s.values()], color="tab:blue", alpha=0.6)
for place, each in enumerate(delays_s.values()):
    right.plot([place] * len(each), each, "k.")
right.set(title="delay per trip, a point per seed", ylabel="s")
figure.savefig(folder / "look-inside.svg")
print(f"picture: {folder / 'look-inside.svg'}")
