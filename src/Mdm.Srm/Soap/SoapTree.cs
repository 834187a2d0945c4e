using System.Runtime.InteropServices;
using System.Xml;

namespace Mdm.Srm.Soap;

/// <summary>
/// The elements of one envelope in a flat list, so that values can be taken in whatever order the peer sent them
/// (ARC does not keep the schema's). Attributes are dropped, except <c>xsi:nil</c> and the references of SOAP 1.1 §5.4.1, by which Java
/// clients on Axis move every structure behind the call.
/// </summary>
internal sealed class SoapTree
{
    private const int None = -1;
    // Comments and CDATA sections cut a value into pieces; nobody needs more of them.
    private const int MaxTextPieces = 16;

    // Envelope and Body: what can be referred to stands beside the call.
    private const int ReferableDepth = 2;

    private readonly List<Node> nodes = new(32);
    private Dictionary<string, int>? referable;
    private readonly SoapLimits limits;

    private SoapTree(SoapLimits limits) => this.limits = limits;

    public SoapLimits Limits => limits;

    public SoapElement Root => new(this, 0);

    public ref readonly Node this[int index] => ref CollectionsMarshal.AsSpan(nodes)[index];

    public static SoapTree Parse(ReadOnlyMemory<byte> message, SoapLimits limits)
    {
        if (message.Length > limits.MaxBytes)
            throw new SoapException(SoapError.TooLarge, $"The message is larger than {limits.MaxBytes} bytes.");
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = limits.MaxBytes,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            IgnoreWhitespace = true,
        };
        var tree = new SoapTree(limits);
        try
        {
            using var reader = XmlReader.Create(Open(message), settings);
            tree.Fill(reader);
        }
        catch (XmlException e)
        {
            throw new SoapException(SoapError.Malformed, $"The message is not well-formed XML (line {e.LineNumber}, column {e.LinePosition}).", e);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            // The declaration names an encoding that the platform does not have or does not allow.
            throw new SoapException(SoapError.Malformed, "The message is in an encoding that is not supported; send UTF-8.", e);
        }
        return tree;
    }

    /// <summary>The element itself, or the one that it refers to. Each can be referred to once, so a message cannot grow or turn in circles by it.</summary>
    public int Follow(int index)
    {
        if (this[index].Reference is not { } reference)
            return index;
        return referable is not null && referable.Remove(reference, out var target)
            ? target
            : throw new SoapValueException($"{this[index].Name} refers to an element that is not there, or that another one refers to.");
    }

    private static MemoryStream Open(ReadOnlyMemory<byte> message) =>
        MemoryMarshal.TryGetArray(message, out var segment)
            ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
            : new MemoryStream(message.ToArray(), writable: false);

    private void Fill(XmlReader reader)
    {
        var open = new Stack<(int Node, int LastChild)>(8);
        while (reader.Read())
        {
            switch (reader.NodeType)
            {
                case XmlNodeType.Element:
                    var index = Append(reader, open);
                    if (!reader.IsEmptyElement)
                        open.Push((index, None));
                    break;
                case XmlNodeType.EndElement:
                    open.Pop();
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA:
                    AddText(open.Peek().Node, reader.Value);
                    break;
            }
        }
    }

    private int Append(XmlReader reader, Stack<(int Node, int LastChild)> open)
    {
        if (open.Count >= limits.MaxDepth)
            throw new SoapException(SoapError.TooLarge, $"The message is deeper than {limits.MaxDepth} elements.");
        if (nodes.Count >= limits.MaxElements)
            throw new SoapException(SoapError.TooLarge, $"The message has more than {limits.MaxElements} elements.");
        if (reader.AttributeCount > limits.MaxAttributes)
            throw new SoapException(SoapError.TooLarge, $"An element has more than {limits.MaxAttributes} attributes.");

        var index = nodes.Count;
        var hasAttributes = reader.AttributeCount > 0;
        nodes.Add(new Node
        {
            Name = reader.LocalName,
            Namespace = reader.NamespaceURI,
            IsNil = hasAttributes && reader.GetAttribute("nil", SoapNamespaces.Instance) is "true" or "1",
            Reference = hasAttributes && reader.GetAttribute("href") is ['#', .. var reference] ? reference : null,
        });
        if (hasAttributes && open.Count == ReferableDepth && reader.GetAttribute("id") is { } id)
            (referable ??= [])[id] = index;
        if (open.TryPop(out var parent))
        {
            var span = CollectionsMarshal.AsSpan(nodes);
            if (parent.LastChild == None)
                span[parent.Node].FirstChild = index;
            else
                span[parent.LastChild].NextSibling = index;
            open.Push((parent.Node, index));
        }
        return index;
    }

    private void AddText(int index, string text)
    {
        ref var node = ref CollectionsMarshal.AsSpan(nodes)[index];
        if ((node.Text?.Length ?? 0) + text.Length > limits.MaxTextLength || ++node.TextPieces > MaxTextPieces)
            throw new SoapException(SoapError.TooLarge, $"A value is longer than {limits.MaxTextLength} characters.");
        node.Text = node.Text is null ? text : node.Text + text;
    }

    /// <summary>One element; children are linked by position in the list.</summary>
    internal struct Node
    {
        public Node()
        {
        }

        public required string Name;
        public required string Namespace;
        public required bool IsNil;
        public string? Reference;
        public string? Text;
        public int TextPieces;
        public int FirstChild = None;
        public int NextSibling = None;
    }
}
