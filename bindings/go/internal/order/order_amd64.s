#include "textflag.h"

// func Store(target *uint64, word uint64)
TEXT ·Store(SB), NOSPLIT, $0-16
	MOVQ target+0(FP), AX
	MOVQ word+8(FP), BX
	MOVQ BX, (AX)
	RET

// func StoreAndClear(target *uint64, word uint64, mark *uint32)
TEXT ·StoreAndClear(SB), NOSPLIT, $0-24
	MOVQ target+0(FP), AX
	MOVQ word+8(FP), BX
	MOVQ mark+16(FP), CX
	MOVQ BX, (AX)
	MOVL $0, (CX)
	RET

// func Clear(mark *uint32)
TEXT ·Clear(SB), NOSPLIT, $0-8
	MOVQ mark+0(FP), CX
	MOVL $0, (CX)
	RET
