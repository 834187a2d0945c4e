using System.Text;

namespace Mdm.Native.Calls;

/// <summary>Lays texts into a caller's buffer, one after the other, and counts what they need, also where there is no room.</summary>
internal unsafe ref struct TextRoom
{
    private const nuint Alignment = 8;

    private readonly byte* _buffer;
    private readonly nuint _size;

    /// <exception cref="CallException">BadArgument: no buffer of a size.</exception>
    public TextRoom(void* buffer, nuint size)
    {
        if (buffer is null && size > 0)
            throw new CallException(Kind.BadArgument, "The buffer must not be NULL where it has a size.");
        _buffer = (byte*)buffer;
        _size = size;
    }

    /// <summary>Bytes that all need.</summary>
    public nuint Needed { get; private set; }

    /// <summary>True when all was laid into the buffer.</summary>
    public readonly bool Fits => Needed <= _size;

    /// <summary>A text with its zero byte; null where there is none, or no room.</summary>
    public byte* Put(string? text)
    {
        if (text is null)
            return null;
        var length = Encoding.UTF8.GetByteCount(text);
        var place = Take((nuint)length + 1);
        if (place is null)
            return null;
        Encoding.UTF8.GetBytes(text, new Span<byte>(place, length));
        place[length] = 0;
        return place;
    }

    /// <summary>Room for structs with pointers in them. First of all that is laid into the buffer.</summary>
    public T* Array<T>(int count)
        where T : unmanaged
    {
        if (count == 0)
            return null;
        // Wherever the caller's buffer begins; counted alike for each, so that what is needed is enough for any.
        var skip = (Alignment - ((nuint)_buffer % Alignment)) % Alignment;
        var place = Take((Alignment - 1) + ((nuint)count * (nuint)sizeof(T)));
        return place is null ? null : (T*)(place + skip);
    }

    private byte* Take(nuint length)
    {
        var from = Needed;
        Needed += length;
        return Needed <= _size ? _buffer + from : null;
    }
}
