#!/usr/bin/python3
"""Blanks rectangles in uncompressed pixels with numpy, for the tests to compare with.

    blank_pixels.py IN OUT ROWS COLUMNS FRAMES SAMPLES PLANAR BITS INTERPRETATION X,Y,WIDTH,HEIGHT...

IN and OUT are the bare bytes of (7FE0,0010). What follows the last frame is left as it is.
"""
import sys

import numpy


def main():
    source, target = sys.argv[1:3]
    rows, columns, frames, samples, planar, bits = map(int, sys.argv[3:9])
    interpretation = sys.argv[9]
    rectangles = [tuple(map(int, text.split(","))) for text in sys.argv[10:]]
    data = numpy.fromfile(source, dtype=numpy.uint8)
    mask = numpy.zeros((rows, columns), dtype=bool)
    for x, y, width, height in rectangles:
        mask[y:y + height, x:x + width] = True
    if bits == 1:
        count = rows * columns * frames
        pixels = numpy.unpackbits(data, bitorder="little")
        pixels[:count].reshape(frames, rows, columns)[:, mask] = 0
        numpy.packbits(pixels, bitorder="little").tofile(target)
        return
    if interpretation.endswith("_422"):
        # Y1 Y2 Cb Cr for each pair of pixels; a pair is blanked when either of it is.
        pairs = mask.reshape(rows, columns // 2, 2).any(axis=2)
        black = 0 if interpretation == "YBR_FULL_422" else 16
        count = frames * rows * columns * 2
        data[:count].reshape(frames, rows, columns // 2, 4)[:, pairs] = (black, black, 128, 128)
        data.tofile(target)
        return
    size = bits // 8
    count = frames * rows * columns * samples * size
    for sample in range(samples):
        value = 128 if interpretation == "YBR_FULL" and bits == 8 and sample else 0
        if planar:
            data[:count].reshape(frames, samples, rows, columns, size)[:, sample, mask] = value
        else:
            data[:count].reshape(frames, rows, columns, samples, size)[:, mask, sample] = value
    data.tofile(target)


main()
