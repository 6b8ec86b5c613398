#!/bin/sh
# SPDX-License-Identifier: MIT
# lab.sh - every wrong variant is still caught by what caught it before (scripts/lab/TABLE.md). It takes minutes.
cd "$(dirname "$0")/../../.." && exec scripts/lab/lab.py variants
