#!/bin/bash
# SPDX-License-Identifier: MIT
# model.sh - spin, where it is installed, says of the models what it has said before.
cd "$(dirname "$0")/../../.." || exit 2
scripts/lab/lab.py model
