using System.Buffers;
using System.Text;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification.Check;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Deidentification.Engine;

/// <summary>
/// Turns the elements of an original into those of the de-identified object, one after the other in the order of the data set. What it is in the middle of (open
/// sequences) it keeps, so the elements can come in pieces. No I/O. Not thread-safe.
/// </summary>
internal sealed class ObjectTransformer
{
    private readonly DeidentificationPlan _plan;
    private readonly ObjectFacts _facts;
    private readonly IBufferWriter<byte> _output;
    private readonly ResidualCheck? _check;
    private readonly ValueWriter _values;
    private readonly MethodInsertion _method;
    private readonly List<Level> _levels = [new Level()];
    private readonly Tag[] _path;
    private int _depth;
    private bool _inFragments;
    private bool _fragmentsWritten;
    private ushort _group;
    private bool _isDropped;

    public ObjectTransformer(DeidentificationPlan plan, ObjectFacts facts, MethodRecord method, IBufferWriter<byte> output, ResidualCheck? check)
    {
        (_plan, _facts, _output, _check) = (plan, facts, output, check);
        _values = new ValueWriter(plan, facts, output, check);
        _method = new MethodInsertion(method, output);
        _path = new Tag[plan.Limits.MaxNesting];
        _levels[0].Start(CharacterSet.Default);
    }

    /// <summary>Takes all that is held.</summary>
    /// <exception cref="MdmException">Corrupt or Refused: the object cannot be de-identified.</exception>
    public void Take(HeldTokens held)
    {
        for (var i = 0; i < held.Count; i++)
        {
            var one = held[i];
            if (_depth == 0 && one.Token.Tag.Group != _group && one.Token.Kind is TokenKind.Element or TokenKind.SequenceStart)
                EnterGroup(held, i);
            Take(one.Token, held.ValueOf(one));
            if (one.Token.Kind == TokenKind.ItemStart && _levels[_depth].HoldsContentItems && _plan.Content is { } content)
                Judge(content.Resolve(ContentItems.Find(held, i, _levels[_depth].CharacterSet)), one.Token);
        }
    }

    /// <summary>
    /// Decides on a value that passes through: true when it is to be copied, and then its header is written; false when it is to be skipped, and then what stands
    /// for it is written.
    /// </summary>
    public bool TakeHeaderOf(in DataSetToken token)
    {
        Before(token);
        var level = _levels[_depth];
        if (level.Treatment == Treatment.Dropped)
            return false;
        var resolution = Resolve(token, level, out var vr);
        // Nobody looked into it, so only what is known to be safe and binary may stay.
        if (token.Vr == Vr.UN && !(token.Tag.IsPrivate && vr is not (Vr.UN or Vr.SQ)))
            return false;
        if (resolution.Action == RuleAction.Keep && !IsDroppedGroup(token.Tag) && token.Tag != Tags.DataSetTrailingPadding && token.Tag != MoreTags.EncapsulatedDocument)
        {
            DataSetWriter.Write(_output, token);
            return true;
        }

        if (resolution.Action is RuleAction.Empty or RuleAction.Dummy)
            _values.WriteWithout(token, resolution);
        return false;
    }

    /// <summary>The pixels come next, whose bytes pass through.</summary>
    public void BeforePixels(in DataSetToken token) => Before(token);

    /// <summary>The data set ends here.</summary>
    public void End(DataEncoding encoding) => _method.Before(new Tag(uint.MaxValue), encoding);

    private void Take(in DataSetToken token, ReadOnlySpan<byte> value)
    {
        switch (token.Kind)
        {
            case TokenKind.Element:
                Before(token);
                if (_depth != 0 || !_method.TakesOver(token, value))
                    TakeElement(token, value);
                break;
            case TokenKind.SequenceStart:
                Before(token);
                Enter(token);
                break;
            case TokenKind.ItemStart:
                _levels[_depth].Start(_levels[_depth - 1].CharacterSet);
                // A content item may still go: it starts when it was judged.
                if (!_levels[_depth].HoldsContentItems)
                    WriteUnlessDropped(token);
                break;
            case TokenKind.ItemEnd:
                WriteUnlessDropped(token);
                break;
            case TokenKind.SequenceEnd:
                Leave(token);
                break;
            case TokenKind.FragmentsStart:
                Before(token);
                _inFragments = true;
                _fragmentsWritten = _levels[_depth].Treatment != Treatment.Dropped && Resolve(token, _levels[_depth], out _).Action == RuleAction.Keep;
                if (_fragmentsWritten)
                    DataSetWriter.Write(_output, token);
                break;
            case TokenKind.Fragment when _fragmentsWritten:
                DataSetWriter.Write(_output, token);
                _output.Write(value);
                if ((value.Length & 1) != 0)
                    _output.Write([DataSetWriter.Padding(token)]);
                break;
            case TokenKind.FragmentsEnd when _inFragments:
                _inFragments = false;
                if (_fragmentsWritten)
                    DataSetWriter.Write(_output, token);
                break;
        }
    }

    /// <summary>PS3.5 §7.1: elements stand in ascending order. An element twice would show one reader what another never sees.</summary>
    private void Before(in DataSetToken token)
    {
        var level = _levels[_depth];
        if (token.Tag.Value <= level.Last && level.Last != 0)
            throw new MdmException(MdmErrorKind.Corrupt, $"The DICOM data set has {token.Tag} twice or out of order.");
        level.Last = token.Tag.Value;
        if (_depth == 0)
            _method.Before(token.Tag, token.Encoding);
    }

    private void TakeElement(in DataSetToken token, ReadOnlySpan<byte> value)
    {
        var level = _levels[_depth];
        level.Note(token.Tag, value);
        if (token.Tag == MoreTags.CodeValue && _depth == 1 && level.Sequence == MoreTags.DeidentificationMethodCodes)
            _method.Note(Encoding.Latin1.GetString(value).Trim(' ', '\0'));

        var resolution = Resolve(token, level, out var vr);
        // It should have been a sequence: what is in it cannot be read, so it cannot be kept.
        if (resolution.Action == RuleAction.Keep && (vr == Vr.SQ || token.Tag == Tags.DataSetTrailingPadding))
            resolution = new Resolution(RuleAction.Remove, DecidedBy.Unknown);
        ObjectGate.CheckElement(_plan, token, value);
        if (level.Treatment == Treatment.Dropped || IsDroppedGroup(token.Tag))
        {
            // A UID that would have stayed is one of a class or a scheme, and nobody's. What an item is called others are called too.
            if ((vr != Vr.UI || resolution.Action != RuleAction.Keep) && !Treatments.IsStructure(level.Sequence))
                _check?.Removed(token.Tag, vr, value, level.CharacterSet, ValueClasses.Of(token.Tag, vr, level.ValuesAre));
            return;
        }

        _values.Write(new ElementAt(token, vr, level, _depth), value, resolution);
    }

    private Resolution Resolve(in DataSetToken token, Level level, out Vr vr) =>
        ElementResolver.Resolve(_plan.Profile, token, level, _facts.SopClassUid, _path.AsSpan(0, _depth), out vr);

    private void Enter(in DataSetToken token)
    {
        var outer = _levels[_depth];
        var resolution = Resolve(token, outer, out _);
        var isDroppedGroup = IsDroppedGroup(token.Tag);
        if (_depth == _path.Length)
            throw new MdmException(MdmErrorKind.Refused, $"The DICOM data set nests sequences deeper than {_plan.Limits.MaxNesting} (limit MaxNesting).");
        _path[_depth++] = token.Tag;
        if (_levels.Count == _depth)
            _levels.Add(new Level());
        var level = _levels[_depth];
        level.ValuesAre = ValueClasses.Of(token.Tag, Vr.SQ, outer.ValuesAre);
        level.Open(token.Tag, Treatments.Within(token.Tag, _depth, resolution, outer.Treatment, isDroppedGroup), Treatments.HoldsContentItems(resolution));
        level.Start(outer.CharacterSet);
        if (level.Treatment != Treatment.Dropped || (resolution.Action == RuleAction.Empty && outer.Treatment != Treatment.Dropped))
            DataSetWriter.Write(_output, token);
        if (level.Treatment == Treatment.Dropped && resolution.Action == RuleAction.Empty && outer.Treatment != Treatment.Dropped)
            DataSetWriter.Write(_output, token with { Kind = TokenKind.SequenceEnd });
    }

    private void Judge(Resolution resolution, in DataSetToken item)
    {
        var level = _levels[_depth];
        level.OfContentValue = resolution;
        if (resolution.Action == RuleAction.Remove)
            level.Treatment = Treatment.Dropped;
        WriteUnlessDropped(item);
    }

    private void Leave(in DataSetToken token)
    {
        if (_depth == 1)
            _method.BeforeEndOf(token);
        if (_levels[_depth].OfSequence != Treatment.Dropped)
            DataSetWriter.Write(_output, token);
        _depth--;
    }

    private void WriteUnlessDropped(in DataSetToken token)
    {
        if (_levels[_depth].Treatment != Treatment.Dropped)
            DataSetWriter.Write(_output, token);
    }

    /// <summary>PS3.3 §C.9.2: the elements of an overlay or a curve mean nothing without its data, and would make the object invalid; they go with it.</summary>
    private bool IsDroppedGroup(Tag tag) => _depth == 0 && tag.Group == _group && _isDropped;

    /// <summary>Decides at the first element of a group whether all of it goes.</summary>
    private void EnterGroup(HeldTokens held, int index)
    {
        var group = held[index].Token.Tag.Group;
        _group = group;
        _isDropped = false;
        if ((group & 0xFFE1) is not (0x5000 or 0x6000))
            return;
        var level = new Level();
        for (var i = index; i < held.Count && held[i].Token.Tag.Group == group; i++)
        {
            if (held[i].Token.Kind == TokenKind.Element)
                level.Note(held[i].Token.Tag, held.ValueOf(held[i]));
        }

        var data = new DataSetToken(TokenKind.Element, new Tag(group, 0x3000), Vr.OW, 0, 0, held[index].Token.Encoding);
        _isDropped = ElementResolver.Resolve(_plan.Profile, data, level, _facts.SopClassUid, [], out _).Action == RuleAction.Remove;
    }
}
