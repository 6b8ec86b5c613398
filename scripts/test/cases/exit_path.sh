#!/bin/bash
# SPDX-License-Identifier: MIT
# hyp/riscv/EXIT-PATH.md shows what the image really does; `make exit-path` writes it anew.
exec scripts/bench/exit_path.py --check
