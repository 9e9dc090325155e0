// The standard library, in Lisp.
export const LIBRARY: string = `
  (define (not x) (if x #f #t))
  (define (append a b) (if (null? a) b (cons (car a) (append (cdr a) b))))
  (define (map f xs) (if (null? xs) nil (cons (f (car xs)) (map f (cdr xs)))))
  (define (filter keep xs)
    (if (null? xs) nil
      (if (keep (car xs)) (cons (car xs) (filter keep (cdr xs))) (filter keep (cdr xs)))))
  (define (fold f start xs) (if (null? xs) start (fold f (f start (car xs)) (cdr xs))))
  (define (range from to) (if (< from to) (cons from (range (+ from 1) to)) nil))
  (define (length xs) (fold (lambda (n x) (+ n 1)) 0 xs))
  (define (reverse xs) (fold (lambda (done x) (cons x done)) nil xs))
`;
