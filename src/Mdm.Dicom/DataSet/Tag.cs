using System.Globalization;

namespace Mdm.Dicom.DataSet;

/// <summary>The tag of a data element (PS3.5 §7.1): group and element number, ordered as the standard orders them.</summary>
internal readonly record struct Tag(uint Value) : IComparable<Tag>
{
    public Tag(ushort group, ushort element)
        : this(((uint)group << 16) | element)
    {
    }

    public ushort Group => (ushort)(Value >> 16);

    public ushort Element => (ushort)Value;

    public bool IsPrivate => (Group & 1) != 0;

    /// <summary>PS3.5 §7.8.1: (gggg,0010-00FF) of an odd group reserves a block for the creator it names.</summary>
    public bool IsPrivateCreator => IsPrivate && Element is >= 0x10 and <= 0xFF;

    /// <summary>The creator element that reserves this private element's block.</summary>
    public Tag PrivateCreator => new(Group, (ushort)(Element >> 8));

    public bool IsGroupLength => Element == 0;

    public int CompareTo(Tag other) => Value.CompareTo(other.Value);

    public static bool operator <(Tag left, Tag right) => left.Value < right.Value;

    public static bool operator >(Tag left, Tag right) => left.Value > right.Value;

    public static bool operator <=(Tag left, Tag right) => left.Value <= right.Value;

    public static bool operator >=(Tag left, Tag right) => left.Value >= right.Value;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"({Group:X4},{Element:X4})");
}

/// <summary>The tags this code names.</summary>
internal static class Tags
{
    public static readonly Tag CommandGroupLength = new(0x0000_0000);
    public static readonly Tag AffectedSopClassUid = new(0x0000_0002);
    public static readonly Tag RequestedSopClassUid = new(0x0000_0003);
    public static readonly Tag CommandField = new(0x0000_0100);
    public static readonly Tag MessageId = new(0x0000_0110);
    public static readonly Tag MessageIdBeingRespondedTo = new(0x0000_0120);
    public static readonly Tag MoveDestination = new(0x0000_0600);
    public static readonly Tag Priority = new(0x0000_0700);
    public static readonly Tag CommandDataSetType = new(0x0000_0800);
    public static readonly Tag Status = new(0x0000_0900);
    public static readonly Tag ErrorComment = new(0x0000_0902);
    public static readonly Tag AffectedSopInstanceUid = new(0x0000_1000);
    public static readonly Tag RemainingSuboperations = new(0x0000_1020);
    public static readonly Tag CompletedSuboperations = new(0x0000_1021);
    public static readonly Tag FailedSuboperations = new(0x0000_1022);
    public static readonly Tag WarningSuboperations = new(0x0000_1023);
    public static readonly Tag MoveOriginatorAeTitle = new(0x0000_1030);
    public static readonly Tag MoveOriginatorMessageId = new(0x0000_1031);

    public static readonly Tag FileMetaGroupLength = new(0x0002_0000);
    public static readonly Tag FileMetaVersion = new(0x0002_0001);
    public static readonly Tag MediaStorageSopClassUid = new(0x0002_0002);
    public static readonly Tag MediaStorageSopInstanceUid = new(0x0002_0003);
    public static readonly Tag TransferSyntaxUid = new(0x0002_0010);
    public static readonly Tag ImplementationClassUid = new(0x0002_0012);

    public static readonly Tag SpecificCharacterSet = new(0x0008_0005);
    public static readonly Tag SopClassUid = new(0x0008_0016);
    public static readonly Tag SopInstanceUid = new(0x0008_0018);
    public static readonly Tag StudyDate = new(0x0008_0020);
    public static readonly Tag StudyTime = new(0x0008_0030);
    public static readonly Tag AccessionNumber = new(0x0008_0050);
    public static readonly Tag QueryRetrieveLevel = new(0x0008_0052);
    public static readonly Tag RetrieveAeTitle = new(0x0008_0054);
    public static readonly Tag InstanceAvailability = new(0x0008_0056);
    public static readonly Tag FailedSopInstanceUidList = new(0x0008_0058);
    public static readonly Tag Modality = new(0x0008_0060);
    public static readonly Tag ModalitiesInStudy = new(0x0008_0061);
    public static readonly Tag SopClassesInStudy = new(0x0008_0062);
    public static readonly Tag StudyDescription = new(0x0008_1030);
    public static readonly Tag SeriesDescription = new(0x0008_103E);
    public static readonly Tag AvailableTransferSyntaxUid = new(0x0008_3002);
    public static readonly Tag PatientName = new(0x0010_0010);
    public static readonly Tag PatientId = new(0x0010_0020);
    public static readonly Tag IssuerOfPatientId = new(0x0010_0021);
    public static readonly Tag PatientBirthDate = new(0x0010_0030);
    public static readonly Tag PatientSex = new(0x0010_0040);
    public static readonly Tag BodyPartExamined = new(0x0018_0015);
    public static readonly Tag StudyInstanceUid = new(0x0020_000D);
    public static readonly Tag SeriesInstanceUid = new(0x0020_000E);
    public static readonly Tag StudyId = new(0x0020_0010);
    public static readonly Tag SeriesNumber = new(0x0020_0011);
    public static readonly Tag InstanceNumber = new(0x0020_0013);
    public static readonly Tag NumberOfStudyRelatedSeries = new(0x0020_1206);
    public static readonly Tag NumberOfStudyRelatedInstances = new(0x0020_1208);
    public static readonly Tag NumberOfSeriesRelatedInstances = new(0x0020_1209);
    public static readonly Tag PixelData = new(0x7FE0_0010);
    public static readonly Tag DataSetTrailingPadding = new(0xFFFC_FFFC);

    public static readonly Tag Item = new(0xFFFE_E000);
    public static readonly Tag ItemDelimitation = new(0xFFFE_E00D);
    public static readonly Tag SequenceDelimitation = new(0xFFFE_E0DD);
}
