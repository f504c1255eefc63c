"""Times large products of matrices, to know what a machine reaches at best: TFLOP/s of the fastest of some.

    python bench/peers/products.py --device cuda --dtype bfloat16 [--size 8192] [--repeats 10]
"""

import time

import torch

import peer


def main() -> None:
    options = peer.parser(__doc__, gpu=True)
    options.add_argument("--size", type=int, default=8192, help="rows and columns of both matrices")
    options.add_argument("--repeats", type=int, default=10)
    arguments = options.parse_args()
    peer.prepare(arguments)
    a, b = (torch.randn(arguments.size, arguments.size, device=arguments.device, dtype=getattr(torch, arguments.dtype)) for _ in range(2))
    torch.matmul(a, b)
    best = float("inf")
    for _ in range(arguments.repeats):
        peer.synchronize(arguments)
        start = time.perf_counter()
        torch.matmul(a, b)
        peer.synchronize(arguments)
        best = min(best, time.perf_counter() - start)
    peer.report("products", vars(arguments), {"teraflops": 2 * arguments.size**3 / best / 1e12})


if __name__ == "__main__":
    main()
