using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Mdm.Abstractions;

namespace Mdm.Cli.Medical;

/// <summary>
/// PS3.10 §7, PS3.5 §7: reads a DICOM file as far as the UIDs that name it. Values are skipped, nothing is decoded. Sequences before them, of whatever encoding and depth up to a limit, are passed over.
/// Left out: everything else; archives and de-identifiers have a reader that knows it.
/// </summary>
internal sealed class ImageHeader
{
    // What lies before group 0020 is text, and some sequences: real headers have kilobytes.
    private const int MostBytes = 16 << 20;
    private const int MostNesting = 16;
    private const int LongestUid = 64;
    private const int Preamble = 128;
    private const uint Undefined = uint.MaxValue;

    private const uint SopInstance = 0x0008_0018, StudyInstance = 0x0020_000D, SeriesInstance = 0x0020_000E, Syntax = 0x0002_0010;
    private const uint Item = 0xFFFE_E000, ItemEnd = 0xFFFE_E00D, SequenceEnd = 0xFFFE_E0DD;

    private readonly Stream _file;
    private readonly Dictionary<uint, string> _uids = [];
    private bool _isBigEndian;
    private bool _isImplicit;
    private long _read;

    private enum Form
    {
        Plain,
        Sequence,
        Unknown,
    }

    private ImageHeader(Stream file) => _file = file;

    /// <exception cref="MdmException">Corrupt: not DICOM, or without these UIDs.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ImageUids Read(string path)
    {
        using var file = File.OpenRead(path);
        try
        {
            return Read(file, path);
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidDataException)
        {
            throw new MdmException(MdmErrorKind.Corrupt, $"{path} is no DICOM file that names a study, a series and an instance.", e);
        }
    }

    private static ImageUids Read(FileStream file, string path)
    {
        Span<byte> start = stackalloc byte[Preamble + 4];
        var isFile = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start[Preamble..].SequenceEqual("DICM"u8);
        var header = new ImageHeader(file);
        if (!isFile)
            file.Position = 0;
        // Without a preamble, either group 0002 comes at once, or a bare data set as old software left it.
        var syntax = isFile || (start[0] == 2 && start[1] == 0) ? header.Meta() : null;
        using var dataSet = syntax == "1.2.840.10008.1.2.1.99" ? new DeflateStream(file, CompressionMode.Decompress, leaveOpen: true) : null;
        var body = new ImageHeader(dataSet as Stream ?? file)
        {
            _isImplicit = syntax is "1.2.840.10008.1.2" || (syntax is null && !char.IsAsciiLetterUpper((char)start[4])),
            _isBigEndian = syntax is "1.2.840.10008.1.2.2",
        };
        body.Elements(until: SeriesInstance);
        return ImageUids.Demand(body._uids.GetValueOrDefault(StudyInstance, string.Empty), body._uids.GetValueOrDefault(SeriesInstance, string.Empty), body._uids.GetValueOrDefault(SopInstance, string.Empty), path);
    }

    // Group 0002, explicit little endian; it says its own length, and the data set begins behind it.
    private string Meta()
    {
        var (tag, _, length) = Header();
        if (tag != 0x0002_0000 || length != 4)
            throw new InvalidDataException();
        Span<byte> count = stackalloc byte[4];
        Fill(count);
        var end = _read + BinaryPrimitives.ReadUInt32LittleEndian(count);
        while (_read < end)
        {
            (tag, _, length) = Header();
            Value(tag, length);
        }
        return _uids.GetValueOrDefault(Syntax) ?? throw new InvalidDataException();
    }

    // Elements stand in the order of their tags.
    private void Elements(uint until)
    {
        while (true)
        {
            var (tag, form, length) = Header();
            if (tag > until)
                return;
            if (length == Undefined || form == Form.Sequence)
                Pass(form, length, 1);
            else
                Value(tag, length);
            if (tag == until)
                return;
        }
    }

    private void Value(uint tag, uint length)
    {
        if (tag is not (SopInstance or StudyInstance or SeriesInstance or Syntax))
        {
            Skip(length);
            return;
        }
        if (length > LongestUid)
            throw new InvalidDataException();
        Span<byte> value = stackalloc byte[LongestUid];
        Fill(value[..(int)length]);
        _uids[tag] = Encoding.ASCII.GetString(value[..(int)length]).TrimEnd('\0', ' ');
    }

    // A sequence, or an item: of a length, or to its delimiter.
    private void Pass(Form form, uint length, int depth)
    {
        if (length != Undefined)
        {
            Skip(length);
            return;
        }
        if (depth > MostNesting)
            throw new InvalidDataException();
        var (isImplicit, isBigEndian) = (_isImplicit, _isBigEndian);
        // PS3.5 §6.2.2 note 4: what somebody did not know is a sequence in implicit little endian.
        if (form == Form.Unknown)
            (_isImplicit, _isBigEndian) = (true, false);
        while (true)
        {
            var (tag, inner, innerLength) = Header();
            if (tag is SequenceEnd or ItemEnd)
                break;
            if (tag == Item || inner == Form.Sequence || innerLength == Undefined)
                Pass(inner, innerLength, depth + 1);
            else
                Skip(innerLength);
        }
        (_isImplicit, _isBigEndian) = (isImplicit, isBigEndian);
    }

    private (uint Tag, Form Form, uint Length) Header()
    {
        Span<byte> bytes = stackalloc byte[8];
        Fill(bytes);
        var tag = ((uint)UInt16(bytes) << 16) | UInt16(bytes[2..]);
        // Delimiters and items have no representation in any encoding.
        if (_isImplicit || tag >> 16 == 0xFFFE)
            return (tag, Form.Plain, UInt32(bytes[4..]));
        if (!char.IsAsciiLetterUpper((char)bytes[4]) || !char.IsAsciiLetterUpper((char)bytes[5]))
            throw new InvalidDataException();
        var isLong = Encoding.ASCII.GetString(bytes[4..6]) is "OB" or "OD" or "OF" or "OL" or "OV" or "OW" or "SQ" or "SV" or "UC" or "UN" or "UR" or "UT" or "UV";
        if (!isLong)
            return (tag, Form.Plain, UInt16(bytes[6..]));
        var form = (bytes[4], bytes[5]) switch { ((byte)'S', (byte)'Q') => Form.Sequence, ((byte)'U', (byte)'N') => Form.Unknown, _ => Form.Plain };
        Fill(bytes[..4]);
        return (tag, form, UInt32(bytes));
    }

    private ushort UInt16(ReadOnlySpan<byte> bytes) => _isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private uint UInt32(ReadOnlySpan<byte> bytes) => _isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private void Fill(Span<byte> bytes)
    {
        Count(bytes.Length);
        _file.ReadExactly(bytes);
    }

    private void Skip(uint length)
    {
        Count(length);
        Span<byte> passed = stackalloc byte[512];
        for (var left = length; left > 0;)
        {
            var part = passed[..(int)Math.Min(left, (uint)passed.Length)];
            _file.ReadExactly(part);
            left -= (uint)part.Length;
        }
    }

    private void Count(long more)
    {
        if ((_read += more) > MostBytes)
            throw new MdmException(MdmErrorKind.Corrupt, $"The header is longer than {MostBytes} bytes before the UIDs that name the image.");
    }
}
