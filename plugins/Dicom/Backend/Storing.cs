// PS3.4 annex B as a service class user: one C-STORE for each object, in its own SOP class and transfer syntax. Nothing is recoded; a deflated data set goes inflated, as explicit little endian.
using System.Globalization;
using Mdm.Abstractions;
using Mdm.Dicom.Archives;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Services;
using Mdm.Plugins.Dicom.UpperLayer;

namespace Mdm.Plugins.Dicom.Backend;

/// <summary>Stores objects into an archive that the administrator opened for it.</summary>
internal static class Storing
{
    /// <exception cref="MdmException">Corrupt: no DICOM object. NoSpace, Unsupported, Refused, Busy: the archive did not take it, and why.</exception>
    public static async ValueTask<ArchiveObjectInfo> StoreAsync(ArchiveConnection archive, Stream content, ArchiveObjectDraft draft, CancellationToken cancellationToken)
    {
        var incoming = await IncomingObject.ReadAsync(content, draft, archive.Options.MaxObjectLength, cancellationToken);
        // Closes the stream that was read ahead, not the caller's.
        await using var file = await Part10.OpenAsync(incoming.Content, cancellationToken);
        await using var dataSet = new CheckedDataSet(file.DataSet, file.TransferSyntax.Encoding, new DataSetLimits { MaxLength = archive.Options.MaxObjectLength });
        var syntax = file.TransferSyntax.IsDeflated ? TransferSyntax.ExplicitLittleEndianUid : file.TransferSyntax.Uid;
        ThrowUnlessStored(archive, await SendAsync(archive, incoming, syntax, dataSet, cancellationToken));
        // A status says what the archive means to have done; only what it shows is stored.
        if (!await archive.HoldsAsync(incoming.Path, cancellationToken))
            throw IncomingObject.NotShown();
        return new ArchiveObjectInfo(incoming.Path.Id, Listing.MediaType);
    }

    // The association is given back before the archive is asked what it holds: many who store would otherwise wait for each other's.
    private static async ValueTask<ushort> SendAsync(ArchiveConnection archive, IncomingObject incoming, string syntax, Stream dataSet, CancellationToken cancellationToken)
    {
        // Verification, which every archive accepts: so one that does not take the class says that, and not that it does not want us.
        ContextProposal[] contexts = [new(SopClasses.Verification, [TransferSyntax.ImplicitLittleEndianUid]), new(incoming.SopClass, [syntax])];
        await using var lease = await archive.LeaseAsync(ArchiveUse.Retrieval, $"store {incoming.SopClass} {syntax}", contexts, cancellationToken);
        var context = lease.Association.Find(incoming.SopClass);
        if (context is null)
        {
            lease.MarkReusable();
            throw new MdmException(MdmErrorKind.Unsupported, $"The archive {archive.Options.CalledAeTitle} takes no {NameOf(incoming.SopClass)} in {NameOf(syntax)}; nothing is recoded.");
        }

        var status = await ServiceUser.StoreAsync(lease.Association, context, incoming.Path.Instance, dataSet, cancellationToken);
        lease.MarkReusable();
        return status;
    }

    private static void ThrowUnlessStored(ArchiveConnection archive, ushort status)
    {
        // PS3.4 table B.2-1: Bxxx stored, with elements coerced (B000) or left out (B006), or not as its class says (B007).
        if (status == Dimse.Success || (status & 0xF000) == 0xB000)
            return;
        var (kind, what) = status switch
        {
            >= 0xA700 and <= 0xA7FF => (MdmErrorKind.NoSpace, "is out of resources; its administrator has to make room"),
            >= 0xA900 and <= 0xA9FF => (MdmErrorKind.Refused, "finds that the object does not match its SOP class"),
            >= 0xC000 and <= 0xCFFF => (MdmErrorKind.Refused, "cannot understand the object"),
            // PS3.7 annex C.
            Dimse.SopClassNotSupported => (MdmErrorKind.Unsupported, "does not take objects of this SOP class"),
            Dimse.NotAuthorized => (MdmErrorKind.Refused, $"does not let {archive.Options.CallingAeTitle} store; its administrator must allow it"),
            Dimse.DuplicateInstance => (MdmErrorKind.Refused, "holds an object of this SOP Instance UID and takes no other"),
            Dimse.ResourceLimitation => (MdmErrorKind.Busy, "has too much to do"),
            _ => (MdmErrorKind.Refused, "did not take the object"),
        };
        throw new MdmException(kind, string.Create(CultureInfo.InvariantCulture, $"The archive {archive.Options.CalledAeTitle} {what} (C-STORE status {status:X4})."));
    }

    private static string NameOf(string uid) => DicomDictionary.FindUid(uid)?.Keyword ?? uid;
}
