#!/bin/sh
# SPDX-License-Identifier: MIT
# litmus.sh - what RISC-V's memory model says of the fences, and the code still has them. Without herd7 the first part is skipped.
cd "$(dirname "$0")/../../.." && exec scripts/lab/litmus/litmus.py
