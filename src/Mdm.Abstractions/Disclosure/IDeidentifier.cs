using System.Collections.Immutable;

namespace Mdm.Abstractions;

/// <summary>Takes identity out of objects. One instance is one project: it links a patient's objects, another secret does not.</summary>
/// <remarks>
/// A pure function of object, secret, profile and rules version: no clock, no random, no product version, so the same object always gives the same bytes.
/// Safe for concurrent use; memory does not grow with the object.
/// </remarks>
public interface IDeidentifier : IAsyncDisposable
{
    /// <summary>
    /// Changes whenever the same object would give other bytes: rules, profile, options and secret are all in it (as a hash; at most 64 printable characters). What was staged
    /// under another one is staged anew.
    /// </summary>
    string RulesVersion { get; }

    /// <summary>True when objects of that media type can be de-identified; what nobody accepts is refused.</summary>
    bool Accepts(string mediaType);

    /// <summary>Reads the original to its end and writes the de-identified object. Throwing half-way leaves nothing that may be used.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Refused"/>: cannot be de-identified safely; <see cref="MdmErrorKind.Corrupt"/>.</exception>
    ValueTask DeidentifyAsync(Stream original, Stream deidentified, CancellationToken cancellationToken);
}

/// <summary>A de-identifier that knows from a listing alone how the de-identified object is named.</summary>
public interface IEntryDisclosure : IDeidentifier
{
    /// <summary>Mapped labels and attributes; equal to what the full pass gives.</summary>
    DisclosedEntry Disclose(ArchiveEntry entry);
}

/// <summary>A listing entry as it may be shown.</summary>
/// <param name="Labels">The labels for the layout, mapped.</param>
/// <param name="Attributes">What may be shown.</param>
public sealed record DisclosedEntry(ImmutableArray<string> Labels, ImmutableArray<ArchiveAttribute> Attributes);
