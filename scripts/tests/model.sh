#!/bin/bash
# SPDX-License-Identifier: MIT
# model.sh - spin and herd7, where they are installed, say of the models and litmus tests what they have said before.
cd "$(dirname "$0")/../.." || exit 2
status=0

for what in model litmus; do
	scripts/lab/lab $what
	[ $? = 1 ] && status=1
done
exit $status
