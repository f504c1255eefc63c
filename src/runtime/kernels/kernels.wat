;; The loops over weights that ONNX Runtime has no good operator for, four numbers at a time. They work on memory shared with ONNX Runtime and
;; with other threads; lengths are multiples of 16 elements, as all tensors are padded to that (kernel-pool.ts).
;; `npm run generate:kernels` compiles this file into kernels.generated.ts.
(module
  (import "host" "memory" (memory 1 65536 shared))

  ;; AdamW (Loshchilov and Hutter, arXiv 1711.05101), as PyTorch computes it, for n weights. Bias corrections are folded into
  ;; $step = lr/(1-b1^t) * sqrt(1-b2^t) and $epsilon = eps * sqrt(1-b2^t); $decay = 1 - lr*weight_decay; gradients count $scale times.
  (func (export "adamw")
    (param $w i32) (param $g i32) (param $m i32) (param $v i32) (param $n i32)
    (param $decay f32) (param $b1 f32) (param $b2 f32) (param $step f32) (param $epsilon f32) (param $scale f32)
    (local $end i32) (local $G v128) (local $M v128) (local $V v128)
    (local $B1 v128) (local $B2 v128) (local $C1 v128) (local $C2 v128)
    (local.set $B1 (f32x4.splat (local.get $b1)))
    (local.set $B2 (f32x4.splat (local.get $b2)))
    (local.set $C1 (f32x4.splat (f32.sub (f32.const 1) (local.get $b1))))
    (local.set $C2 (f32x4.splat (f32.sub (f32.const 1) (local.get $b2))))
    (local.set $end (i32.add (local.get $w) (i32.shl (local.get $n) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $w) (local.get $end)))
        (local.set $G (f32x4.mul (v128.load (local.get $g)) (f32x4.splat (local.get $scale))))
        (local.set $M (f32x4.add
          (f32x4.mul (local.get $B1) (v128.load (local.get $m)))
          (f32x4.mul (local.get $C1) (local.get $G))))
        (local.set $V (f32x4.add
          (f32x4.mul (local.get $B2) (v128.load (local.get $v)))
          (f32x4.mul (f32x4.mul (local.get $C2) (local.get $G)) (local.get $G))))
        (v128.store (local.get $m) (local.get $M))
        (v128.store (local.get $v) (local.get $V))
        (v128.store (local.get $w) (f32x4.sub
          (f32x4.mul (v128.load (local.get $w)) (f32x4.splat (local.get $decay)))
          (f32x4.div
            (f32x4.mul (f32x4.splat (local.get $step)) (local.get $M))
            (f32x4.add (f32x4.sqrt (local.get $V)) (f32x4.splat (local.get $epsilon))))))
        (local.set $w (i32.add (local.get $w) (i32.const 16)))
        (local.set $g (i32.add (local.get $g) (i32.const 16)))
        (local.set $m (i32.add (local.get $m) (i32.const 16)))
        (local.set $v (i32.add (local.get $v) (i32.const 16)))
        (br $next))))

  ;; The sum of n squares, in float64.
  (func (export "sumOfSquares") (param $x i32) (param $n i32) (result f64)
    (local $end i32) (local $X v128) (local $low v128) (local $high v128)
    (local.set $end (i32.add (local.get $x) (i32.shl (local.get $n) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $x) (local.get $end)))
        (local.set $X (v128.load (local.get $x)))
        (local.set $low (f64x2.add (local.get $low) (f64x2.mul
          (f64x2.promote_low_f32x4 (local.get $X)) (f64x2.promote_low_f32x4 (local.get $X)))))
        (local.set $X (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $X) (local.get $X)))
        (local.set $high (f64x2.add (local.get $high) (f64x2.mul
          (f64x2.promote_low_f32x4 (local.get $X)) (f64x2.promote_low_f32x4 (local.get $X)))))
        (local.set $x (i32.add (local.get $x) (i32.const 16)))
        (br $next)))
    (local.set $low (f64x2.add (local.get $low) (local.get $high)))
    (f64.add (f64x2.extract_lane 0 (local.get $low)) (f64x2.extract_lane 1 (local.get $low))))

  ;; Adds `count` rows of `width` numbers to the rows of a table that `indices` names; repeated indices add up, in order.
  (func (export "addRows")
    (param $values i32) (param $indices i32) (param $count i32) (param $width i32) (param $table i32)
    (local $to i32) (local $end i32) (local $vectorEnd i32) (local $stop i32)
    (local.set $stop (i32.add (local.get $indices) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $row
        (br_if $done (i32.ge_u (local.get $indices) (local.get $stop)))
        (local.set $to (i32.add (local.get $table)
          (i32.shl (i32.mul (i32.load (local.get $indices)) (local.get $width)) (i32.const 2))))
        (local.set $end (i32.add (local.get $to) (i32.shl (local.get $width) (i32.const 2))))
        (local.set $vectorEnd (i32.sub (local.get $end) (i32.shl (i32.and (local.get $width) (i32.const 3)) (i32.const 2))))
        (block $vectorsDone
          (loop $vector
            (br_if $vectorsDone (i32.ge_u (local.get $to) (local.get $vectorEnd)))
            (v128.store (local.get $to) (f32x4.add (v128.load (local.get $to)) (v128.load (local.get $values))))
            (local.set $to (i32.add (local.get $to) (i32.const 16)))
            (local.set $values (i32.add (local.get $values) (i32.const 16)))
            (br $vector)))
        (block $restDone
          (loop $rest
            (br_if $restDone (i32.ge_u (local.get $to) (local.get $end)))
            (f32.store (local.get $to) (f32.add (f32.load (local.get $to)) (f32.load (local.get $values))))
            (local.set $to (i32.add (local.get $to) (i32.const 4)))
            (local.set $values (i32.add (local.get $values) (i32.const 4)))
            (br $rest)))
        (local.set $indices (i32.add (local.get $indices) (i32.const 4)))
        (br $row))))

  ;; Fills n bytes with 1 (probability $threshold/65536) or 0. Four xoshiro128++ generators (Blackman and Vigna, arXiv 1805.01407) run
  ;; side by side, one a lane, from the 64 bytes of state at $state; each 16 bits of theirs decide one byte.
  (func (export "fillMask") (param $mask i32) (param $n i32) (param $state i32) (param $threshold i32)
    (local $end i32) (local $a v128) (local $b v128) (local $c v128) (local $d v128) (local $t v128)
    (local $first v128) (local $T v128) (local $odd i32)
    (local.set $a (v128.load (local.get $state)))
    (local.set $b (v128.load offset=16 (local.get $state)))
    (local.set $c (v128.load offset=32 (local.get $state)))
    (local.set $d (v128.load offset=48 (local.get $state)))
    (local.set $T (i16x8.splat (local.get $threshold)))
    (local.set $end (i32.add (local.get $mask) (local.get $n)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $mask) (local.get $end)))
        ;; result = rotl(a + d, 7) + a, compared as eight 16-bit numbers
        (local.set $t (i32x4.add (local.get $a) (local.get $d)))
        (local.set $t (i16x8.lt_u
          (i32x4.add
            (v128.or (i32x4.shl (local.get $t) (i32.const 7)) (i32x4.shr_u (local.get $t) (i32.const 25)))
            (local.get $a))
          (local.get $T)))
        (if (local.get $odd)
          (then
            (v128.store (local.get $mask)
              (v128.and (i8x16.narrow_i16x8_s (local.get $first) (local.get $t)) (i8x16.splat (i32.const 1))))
            (local.set $mask (i32.add (local.get $mask) (i32.const 16))))
          (else (local.set $first (local.get $t))))
        (local.set $odd (i32.xor (local.get $odd) (i32.const 1)))
        ;; the next state
        (local.set $t (i32x4.shl (local.get $b) (i32.const 9)))
        (local.set $c (v128.xor (local.get $c) (local.get $a)))
        (local.set $d (v128.xor (local.get $d) (local.get $b)))
        (local.set $b (v128.xor (local.get $b) (local.get $c)))
        (local.set $a (v128.xor (local.get $a) (local.get $d)))
        (local.set $c (v128.xor (local.get $c) (local.get $t)))
        (local.set $d (v128.or (i32x4.shl (local.get $d) (i32.const 11)) (i32x4.shr_u (local.get $d) (i32.const 21))))
        (br $next))))
)
