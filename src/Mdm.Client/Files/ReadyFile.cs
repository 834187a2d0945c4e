namespace Mdm.Client.Files;

/// <summary>A file that the host has ready, or will not have.</summary>
/// <param name="Job">The file.</param>
/// <param name="Turl">Where its bytes are; null when it was refused.</param>
/// <param name="Length">Bytes, if the host said so.</param>
/// <param name="Refusal">Why not; null when it is ready.</param>
internal sealed record ReadyFile(FetchJob Job, Uri? Turl, long? Length, SrmException? Refusal);
