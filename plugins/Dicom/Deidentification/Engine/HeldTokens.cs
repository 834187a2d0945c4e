using System.Globalization;
using System.Runtime.InteropServices;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Deidentification.Engine;

/// <summary>A token of a data set with the place of its value in <see cref="HeldTokens"/>.</summary>
/// <param name="Token">As parsed.</param>
/// <param name="Start">Where its value starts.</param>
internal readonly record struct HeldToken(DataSetToken Token, int Start);

/// <summary>Tokens of a header with their values, in memory, in the order of the data set. Not thread-safe.</summary>
internal sealed class HeldTokens(DeidentificationLimits limits)
{
    private readonly List<HeldToken> _tokens = new(256);
    private byte[] _values = new byte[16 * 1024];
    private int _used;

    public int Count => _tokens.Count;

    /// <summary>Bytes of all values.</summary>
    public int ValueLength => _used;

    public HeldToken this[int index] => _tokens[index];

    public ReadOnlySpan<byte> ValueOf(in HeldToken held) => _values.AsSpan(held.Start, (int)held.Token.Length);

    public void Add(in DataSetToken token) => _tokens.Add(new HeldToken(token, _used));

    /// <summary>Adds an element and makes room for its value, which the caller fills.</summary>
    /// <exception cref="MdmException">Refused: over <see cref="DeidentificationLimits.MaxHeaderLength"/>.</exception>
    public Memory<byte> AddWithRoom(in DataSetToken token)
    {
        var length = token.Length;
        if (length > limits.MaxHeaderLength - _used)
            throw TooLong();
        _tokens.Add(new HeldToken(token, _used));
        var needed = _used + (int)length;
        if (needed > _values.Length)
            Array.Resize(ref _values, (int)Math.Min(limits.MaxHeaderLength, Math.Max(needed, 2L * _values.Length)));
        var room = _values.AsMemory(_used, (int)length);
        _used = needed;
        return room;
    }

    /// <summary>Puts the tokens of what an element of unknown VR turned out to hold in its place, which must be the last.</summary>
    public void ReplaceLast(List<HeldToken> tokens)
    {
        _tokens.RemoveAt(_tokens.Count - 1);
        _tokens.AddRange(CollectionsMarshal.AsSpan(tokens));
    }

    public void Clear()
    {
        _tokens.Clear();
        // They hold a patient's data and outlive the object.
        _values.AsSpan(0, _used).Clear();
        _used = 0;
    }

    private MdmException TooLong() => new(MdmErrorKind.Refused, string.Create(CultureInfo.InvariantCulture,
        $"The object has a header of more than {limits.MaxHeaderLength} bytes in one piece, too much to be de-identified (limit MaxHeaderLength)."));
}
