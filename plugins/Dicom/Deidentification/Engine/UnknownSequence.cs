using System.Buffers.Binary;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Deidentification.Engine;

/// <summary>
/// A value of unknown VR and defined length may be a sequence in implicit little endian that some archive did not know (PS3.5 §6.2.2). What parses as one to its last
/// byte is treated as one.
/// </summary>
internal static class UnknownSequence
{
    // A sequence of PS3.6, so that a parser takes what follows for items.
    private const uint Stand = 0x0008_1140;
    private const int HeaderLength = 8;

    /// <summary>True when the value starts as a sequence does.</summary>
    public static bool MayBe(in DataSetToken token, ReadOnlySpan<byte> value) =>
        token.Vr == Vr.UN && value.Length >= HeaderLength && value.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF, 0x00, 0xE0]);

    /// <summary>The tokens in the value, or null when it is no sequence.</summary>
    /// <param name="held">The element; places of the values are counted from its own.</param>
    /// <param name="value">Its value.</param>
    /// <param name="limits">Of the object.</param>
    public static List<HeldToken>? Read(in HeldToken held, ReadOnlySpan<byte> value, DeidentificationLimits limits)
    {
        var tokens = new List<HeldToken>();
        return Read(held.Token, held.Start, value, limits, tokens) ? tokens : null;
    }

    private static bool Read(in DataSetToken outer, int start, ReadOnlySpan<byte> value, DeidentificationLimits limits, List<HeldToken> tokens)
    {
        if (outer.Depth >= limits.MaxNesting)
            return false;
        var data = new byte[HeaderLength + value.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(data, (ushort)(Stand >> 16));
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(2), (ushort)(Stand & 0xFFFF));
        BinaryPrimitives.WriteInt32LittleEndian(data.AsSpan(4), value.Length);
        value.CopyTo(data.AsSpan(HeaderLength));
        var parser = new DataSetParser(DataEncoding.ImplicitLittleEndian, new DataSetLimits { MaxNesting = limits.MaxNesting });
        var first = tokens.Count;
        try
        {
            while (true)
            {
                parser.Read(data.AsSpan((int)parser.Position), isFinal: true, out var token, out _);
                if (token.Kind == TokenKind.End)
                    return true;
                var isOuter = token is { Depth: 0, Kind: TokenKind.SequenceStart or TokenKind.SequenceEnd };
                var place = start + (int)parser.Position - HeaderLength;
                var one = isOuter
                    ? outer with { Kind = token.Kind, Length = 0 }
                    : token with { Depth = outer.Depth + token.Depth };
                tokens.Add(new HeldToken(one, place));
                if (token.Length == 0)
                    continue;
                if (token.Length > data.Length - parser.Position)
                    throw new MdmException(MdmErrorKind.Corrupt, "A value reaches beyond its element.");
                var inner = data.AsSpan((int)parser.Position, (int)token.Length);
                parser.ValueConsumed(inner.Length);
                if (token.Kind != TokenKind.Element || !MayBe(token, inner))
                    continue;
                var before = tokens.Count;
                tokens.RemoveAt(before - 1);
                if (!Read(one, place, inner, limits, tokens))
                    tokens.Add(new HeldToken(one, place));
            }
        }
        catch (MdmException)
        {
            // No sequence after all: the value is opaque, and treated so.
            tokens.RemoveRange(first, tokens.Count - first);
            return false;
        }
    }
}
