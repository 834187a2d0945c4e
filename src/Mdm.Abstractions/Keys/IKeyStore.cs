namespace Mdm.Abstractions;

/// <summary>Keeps content keys. It checks the caller itself: the key is the last lock.</summary>
/// <remarks>Safe for concurrent use. "Denied" and "does not exist" are the same answer, <see cref="MdmErrorKind.NotFound"/>, to callers without rights.</remarks>
public interface IKeyStore : IAsyncDisposable
{
    /// <summary>Stores a key with its first rights; the same key again is no error.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.AlreadyExists"/>: another key has that id.</exception>
    ValueTask CreateAsync(FileId keyId, ContentKey key, DistinguishedName owner, Fqan group, Acl acl, CancellationToken cancellationToken);

    /// <summary>The key, if the caller may read it. The caller disposes it.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.NotFound"/>; <see cref="MdmErrorKind.Unavailable"/>.</exception>
    ValueTask<ContentKey> GetAsync(FileId keyId, GridIdentity caller, CancellationToken cancellationToken);

    /// <summary>Replaces the rights.</summary>
    ValueTask SetAclAsync(FileId keyId, DistinguishedName owner, Fqan group, Acl acl, CancellationToken cancellationToken);

    /// <summary>Destroys the key for good; destroying what is not there is no error.</summary>
    ValueTask DestroyAsync(FileId keyId, CancellationToken cancellationToken);
}
