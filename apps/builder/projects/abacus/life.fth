\ A game of life on a torus of 8 by 8; one variable holds a row, one bit a cell.

include rows.fth

: bit ( x -- mask ) 7 and 1 swap lshift ;
: alive? ( x y -- 0|1 ) 7 and now @ swap bit and if 1 else 0 then ;

variable neighbours
: count-around ( x y -- n )
  0 neighbours !
  2 -1 do
    2 -1 do
      i 0= j 0= and 0= if
        over i + over j + alive? neighbours +!
      then
    loop
  loop
  2drop neighbours @ ;

: lives? ( x y -- flag )
  2dup count-around                     ( x y n )
  dup 3 = if drop 2drop -1 else
    2 = if alive? else 2drop 0 then
  then ;

: generation
  8 0 do
    0 i next !
    8 0 do
      i j lives? if i bit j next +! then
    loop
  loop
  8 0 do i next @ i now ! loop ;

: show
  8 0 do
    8 0 do i j alive? if ." #" else ." ." then loop cr
  loop ;

: glider 2 0 now ! 4 1 now ! 7 2 now ! ;
