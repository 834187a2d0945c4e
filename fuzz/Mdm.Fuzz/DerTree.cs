namespace Mdm.Fuzz;

/// <summary>A DER value as a tree, loosely read: what does not look like nested values is one value of bytes.</summary>
internal sealed class DerTree
{
    private const int MaxDepth = 24;
    private const byte Null = 0x05;

    private byte _tag;
    private byte[] _content = [];
    private List<DerTree>? _children;

    public static DerTree? Read(ReadOnlySpan<byte> der) => TryRead(ref der, 0) is { } tree && der.IsEmpty ? tree : null;

    /// <summary>Changes one value somewhere; the lengths around it are written anew and stay right.</summary>
    public void Mutate(Xorshift random)
    {
        var all = new List<DerTree>();
        Collect(all);
        var node = random.Pick(all);
        if (node._children is { Count: > 0 } children && !random.Chance(4))
        {
            var index = random.Below(children.Count);
            switch (random.Below(5))
            {
                case 0:
                    children.RemoveAt(index);
                    break;
                case 1:
                    children.Insert(index, children[index]);
                    break;
                case 2:
                    children.AddRange(Enumerable.Repeat(children[index], random.Below(300)));
                    break;
                case 3:
                    (children[index], children[0]) = (children[0], children[index]);
                    break;
                default:
                    children[index] = random.Pick(all.Where(other => other._children is null).DefaultIfEmpty(new DerTree { _tag = Null }).ToList());
                    break;
            }
            return;
        }
        switch (random.Below(4))
        {
            case 0:
                node._tag = random.Byte();
                break;
            case 1:
                (node._content, node._children) = (random.Bytes(random.Below(40)), null);
                break;
            case 2 when node._children is null && node._content.Length > 0:
                node._content = [.. node._content];
                node._content[random.Below(node._content.Length)] = random.Byte();
                break;
            default:
                for (var depth = random.Below(MaxDepth * 4); depth > 0; depth--)
                    (node._children, node._content, node._tag) = ([new DerTree { _tag = node._tag, _content = node._content, _children = node._children }], [], 0x30);
                break;
        }
    }

    public byte[] ToArray()
    {
        var content = _children is null ? _content : [.. _children.SelectMany(child => child.ToArray())];
        byte[] length = content.Length switch
        {
            < 0x80 => [(byte)content.Length],
            < 0x100 => [0x81, (byte)content.Length],
            < 0x10000 => [0x82, (byte)(content.Length >> 8), (byte)content.Length],
            _ => [0x83, (byte)(content.Length >> 16), (byte)(content.Length >> 8), (byte)content.Length],
        };
        return [_tag, .. length, .. content];
    }

    private void Collect(List<DerTree> all)
    {
        all.Add(this);
        foreach (var child in _children ?? [])
            child.Collect(all);
    }

    private static DerTree? TryRead(ref ReadOnlySpan<byte> rest, int depth)
    {
        if (rest.Length < 2 || depth > MaxDepth)
            return null;
        int length = rest[1], header = 2;
        if (length > 0x80)
        {
            var bytes = length & 0x7F;
            if (bytes > 3 || rest.Length < 2 + bytes)
                return null;
            length = 0;
            foreach (var b in rest.Slice(2, bytes))
                length = (length << 8) | b;
            header += bytes;
        }
        else if (length == 0x80)
        {
            return null;
        }
        if (rest.Length - header < length)
            return null;
        var node = new DerTree { _tag = rest[0], _content = rest.Slice(header, length).ToArray() };
        // Octet strings hold DER in extensions; whether they do shows when they are read.
        if (((rest[0] & 0x20) != 0 || rest[0] is 0x04) && ReadChildren(node._content, depth + 1) is { } children)
            node._children = children;
        rest = rest[(header + length)..];
        return node;
    }

    private static List<DerTree>? ReadChildren(ReadOnlySpan<byte> content, int depth)
    {
        var children = new List<DerTree>();
        while (!content.IsEmpty)
        {
            if (TryRead(ref content, depth) is not { } child)
                return null;
            children.Add(child);
        }
        return children;
    }
}
