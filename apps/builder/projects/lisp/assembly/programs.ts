// The programs that the built module runs: a name, and expressions of which the last gives the result.
export class Program {
  constructor(
    public name: string,
    public source: string,
  ) {}
}

export const PROGRAMS: Program[] = [
  new Program("mistake", `(+ 1 (undefined-function 2))`),
  new Program(
    "fibonacci",
    `(define (fib n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))
     (map fib (range 0 16))`,
  ),
  new Program(
    "quicksort",
    `(define (sort xs)
       (if (null? xs) nil
         (append
           (sort (filter (lambda (x) (< x (car xs))) (cdr xs)))
           (cons (car xs) (sort (filter (lambda (x) (not (< x (car xs)))) (cdr xs)))))))
     (sort '(31 4 15 92 65 35 89 79 3 23 84 62 64 33))`,
  ),
  new Program(
    "queens",
    `(define (safe? row others gap)
       (if (null? others) #t
         (if (= row (car others)) #f
           (if (= row (+ (car others) gap)) #f
             (if (= row (- (car others) gap)) #f
               (safe? row (cdr others) (+ gap 1)))))))
     (define (place n left placed)
       (if (= left 0) 1
         (fold + 0 (map (lambda (row) (if (safe? row placed 1) (place n (- left 1) (cons row placed)) 0)) (range 0 n)))))
     (place 6 6 nil)`,
  ),
  new Program(
    "tail-calls",
    `(define (count n total) (if (= n 0) total (count (- n 1) (+ total n))))
     (count 20000 0)`,
  ),
];
