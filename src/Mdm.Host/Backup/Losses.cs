namespace Mdm.Host.Backup;

/// <summary>What a host is without, when a part of its backup is lost.</summary>
internal static class Losses
{
    private static readonly (string Part, string Loss)[] Known =
    [
        ("secrets/publications", "all files get other ids: what is published stays as it is, but the publications refuse their roots until these are moved away, and then publish everything anew."),
        ("secrets/keys", "all files get other keys: they are fetched and sealed anew, with other sizes and checksums where they are delivered sealed."),
        ("secrets/metadata", "all rows of publications are put into the metadata once more."),
        ("secrets/audit", "the chain of the audit trail before now cannot be verified any more."),
        ("transfer-secret", "transfer URLs and tokens that are out are worth nothing; who asks again gets new ones."),
        ("host-id", "this host is a new one among those that share its stores: its drains are forgotten."),
        ("instances/", "what a plugin keeps in a folder of its own; its documentation says what that is."),
        ("audit/", "who was given what before now is known to the audit receiver only."),
        ("State:PublicationLedger", "what users removed comes back, withdrawn patients are published again, and the quarantine is empty: withdraw them again before the first run."),
        ("State:KeyLedger", "without keystores, the keys themselves: what users keep sealed opens no more. With keystores nothing is lost."),
        ("State:MetadataLedger", "all rows of publications are put into the metadata once more."),
        ("State:OrderLedger", "who was banned may come in again, and what was drained is asked again."),
        ("State:UsageLedger", "who used how much until now."),
        ("Requests:Store", "requests that were open; clients ask again."),
        ("Uploads:Store", "puts that were open; which files were put: they stay, but keep no count of the room they take, do not expire, and their objects are not deleted with them."),
        ("Catalog:Options:Store", "what users moved and made, and the rights they set: publications put their entries back in their places, with their configured rights."),
        ("Metadata:Options:Store", "what users added to the metadata; rows of publications come again."),
        (":SecretFile", "pseudonyms and moved dates are others from now on: what researchers have and what they get no longer belong together."),
        (":HostKeyFile", "have another host certificate issued."),
        (":Options:Store", "what that service kept; of a keystore, its shares, which 'mdm keystore repair' makes anew while enough others have theirs."),
    ];

    /// <summary>In a sentence.</summary>
    /// <param name="part">As the backup calls it.</param>
    public static string Of(string part) =>
        Array.Find(Known, known => part.StartsWith(known.Part, StringComparison.OrdinalIgnoreCase) || part.EndsWith(known.Part, StringComparison.OrdinalIgnoreCase)) is { Loss: { } loss } ? loss : "it has to be made anew.";
}
