using Mdm.Abstractions;

namespace Mdm.Plugins.Dicom.Deidentification.Rules;

/// <summary>
/// Blanks rectangles of all frames while uncompressed pixel data passes through (PS3.15 E.3.1): the stored values themselves are
/// replaced, nothing is decoded, every other byte stays as it is. One instance for one element; not safe for concurrent use.
/// </summary>
internal sealed class PixelCleaner
{
    private readonly PixelLayout layout;

    // By row of a frame, in groups of pixels: where the blanked runs lie. Rows without any have null.
    private readonly (int Start, int End)[]?[] runs;
    private readonly long length;
    private long position;

    /// <param name="layout">How the pixels lie.</param>
    /// <param name="rectangles">What to blank; what lies outside of the image is left out.</param>
    /// <param name="valueLength">Bytes of the element's value, padding included.</param>
    /// <exception cref="MdmException">Corrupt: the value is not as long as the image. Nobody knows then which pixel a byte belongs to.</exception>
    public PixelCleaner(PixelLayout layout, IReadOnlyList<PixelRectangle> rectangles, long valueLength)
    {
        length = layout.Length;
        if (valueLength != length && valueLength != length + (length & 1))
            throw new MdmException(MdmErrorKind.Corrupt, $"The pixel data has {valueLength} bytes, but the image it describes has {length}. It cannot be blanked.");
        this.layout = layout;
        runs = Runs(layout, rectangles);
    }

    /// <summary>Blanks what lies in the next bytes of the value.</summary>
    public void Clean(Span<byte> bytes)
    {
        if (position + bytes.Length > length + (length & 1))
            throw new ArgumentException("More bytes than the value has.", nameof(bytes));
        var end = Math.Min(position + bytes.Length, length);
        if (position < end)
        {
            if (layout.IsPacked)
                CleanBits(bytes[..(int)(end - position)]);
            else
                CleanBytes(bytes[..(int)(end - position)]);
        }

        position += bytes.Length;
    }

    private void CleanBytes(Span<byte> bytes)
    {
        var rowLength = layout.RowLength;
        var last = (position + bytes.Length - 1) / rowLength;
        for (var line = position / rowLength; line <= last; line++)
        {
            if (runs[line % layout.Rows] is not { } inRow)
                continue;
            var plane = (int)(line / layout.Rows % layout.PlanesPerFrame);
            var fill = layout.Fill.AsSpan(plane * layout.BytesPerUnit, layout.BytesPerUnit);
            foreach (var (start, end) in inRow)
            {
                var from = (line * rowLength) + ((long)start * layout.BytesPerUnit) - position;
                var to = (line * rowLength) + ((long)end * layout.BytesPerUnit) - position;
                FillRange(bytes, Math.Max(from, 0), Math.Min(to, bytes.Length), from, fill);
            }
        }
    }

    private static void FillRange(Span<byte> bytes, long from, long to, long origin, ReadOnlySpan<byte> fill)
    {
        if (from >= to)
            return;
        var range = bytes[(int)from..(int)to];
        if (!fill.ContainsAnyExcept(fill[0]))
        {
            range.Fill(fill[0]);
            return;
        }

        var phase = (int)((from - origin) % fill.Length);
        foreach (ref var one in range)
        {
            one = fill[phase];
            phase = phase + 1 == fill.Length ? 0 : phase + 1;
        }
    }

    private void CleanBits(Span<byte> bytes)
    {
        var firstBit = position * 8;
        var lastLine = Math.Min((firstBit + (bytes.Length * 8L) - 1) / layout.Columns, (layout.Planes * layout.Rows) - 1);
        for (var line = firstBit / layout.Columns; line <= lastLine; line++)
        {
            if (runs[line % layout.Rows] is not { } inRow)
                continue;
            foreach (var (start, end) in inRow)
            {
                var from = Math.Max((line * layout.Columns) + start - firstBit, 0);
                var to = Math.Min((line * layout.Columns) + end - firstBit, bytes.Length * 8L);
                for (var bit = from; bit < to; bit++)
                    bytes[(int)(bit >> 3)] &= (byte)~(1 << (int)(bit & 7));
            }
        }
    }

    private static (int Start, int End)[]?[] Runs(PixelLayout layout, IReadOnlyList<PixelRectangle> rectangles)
    {
        var runs = new (int, int)[]?[layout.Rows];
        for (var row = 0; row < layout.Rows; row++)
        {
            var inRow = new List<(int, int)>();
            foreach (var (x, y, width, height) in rectangles)
            {
                // Groups of pixels are blanked whole.
                var start = x / layout.PixelsPerUnit;
                var end = (Math.Min((long)x + width, layout.Columns) + layout.PixelsPerUnit - 1) / layout.PixelsPerUnit;
                if (row >= y && row < (long)y + height && start < end)
                    inRow.Add((start, (int)end));
            }

            if (inRow.Count > 0)
                runs[row] = [.. inRow];
        }

        return runs;
    }
}
