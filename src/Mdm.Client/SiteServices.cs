using Mdm.Abstractions;

namespace Mdm.Client;

/// <summary>What else a host's users contact, as the host announces it.</summary>
/// <param name="Keys">Where the keys of its sealed files are; null where it names none.</param>
/// <param name="Metadata">Where its metadata is searched; null where it names none.</param>
public sealed record SiteServices(ServiceAnnouncement? Keys, ServiceAnnouncement? Metadata);
