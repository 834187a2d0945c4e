namespace Mdm.Abstractions.Testing;

/// <summary>Callers for tests: who they are to a virtual organisation called <c>biomed</c>.</summary>
public static class People
{
    /// <summary>The virtual organisation.</summary>
    public static Fqan Organisation { get; } = Fqan.Parse("/biomed");

    /// <summary>Who owns what is published; his name has a comma and a colon, as real ones do.</summary>
    public static GridIdentity Curator { get; } = Person("Curator, Chief: of images", "/biomed/Role=curator", "/biomed");

    /// <summary>A member, without a role.</summary>
    public static GridIdentity Member { get; } = Person("Member", "/biomed");

    /// <summary>A member who treats patients.</summary>
    public static GridIdentity Physician { get; } = Person("Physician", "/biomed/Role=physician");

    /// <summary>A member of a group below, with a role there: by that a member of the organisation too, where groups are counted.</summary>
    public static GridIdentity Student { get; } = Person("Student", "/biomed/trial/Role=student");

    /// <summary>Somebody of another virtual organisation.</summary>
    public static GridIdentity OfAnotherOrganisation { get; } = Person("Stranger", "/other");

    /// <summary>Somebody with a certificate, and of no virtual organisation.</summary>
    public static GridIdentity Nobody { get; } = Person("Nobody");

    /// <summary>Somebody else, with these attributes in this order.</summary>
    public static GridIdentity Person(string name, params string[] fqans) =>
        new(DistinguishedName.Parse($"/DC=org/DC=example/CN={name}"), [.. fqans.Select(Fqan.Parse)]);
}
