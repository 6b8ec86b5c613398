# SPDX-License-Identifier: MIT
# stack_pointer.S - __stack_pointer, which C has no name for.
	.globaltype __stack_pointer, i32

	.globl get_stack_pointer
	.type get_stack_pointer,@function
get_stack_pointer:
	.functype get_stack_pointer () -> (i32)
	global.get __stack_pointer
	end_function

	.globl set_stack_pointer
	.type set_stack_pointer,@function
set_stack_pointer:
	.functype set_stack_pointer (i32) -> ()
	local.get 0
	global.set __stack_pointer
	end_function
